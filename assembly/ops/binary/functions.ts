/** Operations on two numbers, as types for which a loop is compiled: see functions.ts. */

export class Add {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

export class Sub {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

export class Mul {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

export class Div {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

export class Minimum {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

export class Maximum {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

export class Prelu {

  @inline of(a: v128, b: v128): v128 {
    return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, f32x4.splat(0)));
  }
}

export class Cube {

  @inline of(a: v128, _b: v128): v128 {
    return f32x4.mul(f32x4.mul(a, a), a);
  }
}

export class Root {

  @inline of(a: v128, _b: v128): v128 {
    return f32x4.sqrt(a);
  }
}
