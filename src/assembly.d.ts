/** AssemblyScript's numbers, for the files of assembly/ that both compilers read. */
declare type i32 = number;
declare type u32 = number;
