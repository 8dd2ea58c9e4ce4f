/** Ways of reading the columns of a matrix. */

/** Four columns side by side. */
export class Four {

  @inline load(at: usize): v128 {
    return v128.load(at);
  }


  @inline store(at: usize, value: v128): void {
    v128.store(at, value);
  }
}

/** A single column, four times. */
export class One {

  @inline load(at: usize): v128 {
    return v128.load32_splat(at);
  }


  @inline store(at: usize, value: v128): void {
    v128.store32_lane(at, value, 0);
  }
}
