/** AssemblyScript's numbers, for the files of assembly/ that both compilers read. None is part of a published type. */
declare type i32 = number;
declare type u32 = number;
declare type usize = number;
declare type f32 = number;
declare type f64 = number;
