import {
  erf,
  exp,
  expm1,
  gelu,
  geluTanh,
  log,
  logisticDivisor,
  mish,
  ONE,
  SIX,
  SIXTH,
  softplus,
  tanh,
  THREE,
} from "./math";

/**
 * Functions of one number, as types that a loop is compiled for. There are no such objects: a method is called on a null
 * pointer, which it does not look at. pmax(x, bound) and pmin(x, bound) are one instruction on x86-64 and keep NaN.
 */

export class Relu {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }
}

export class Clamp {

  @inline of(x: v128, alpha: v128, beta: v128): v128 {
    return f32x4.pmin(f32x4.pmax(x, alpha), beta);
  }
}

export class LeakyRelu {

  @inline of(x: v128, alpha: v128, _beta: v128): v128 {
    return v128.bitselect(f32x4.mul(x, alpha), x, f32x4.lt(x, f32x4.splat(0)));
  }
}

export class Silu {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.div(x, logisticDivisor(x));
  }
}

export class Hardswish {

  @inline of(x: v128, alpha: v128, beta: v128): v128 {
    const gate = f32x4.pmin(f32x4.pmax(f32x4.add(x, THREE), f32x4.splat(0)), SIX);
    return f32x4.add(f32x4.mul(x, f32x4.mul(gate, f32x4.mul(alpha, SIXTH))), beta);
  }
}

export class Sigmoid {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.div(ONE, logisticDivisor(x));
  }
}

export class Tanh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return tanh(x);
  }
}

export class Hardsigmoid {

  @inline of(x: v128, alpha: v128, beta: v128): v128 {
    return f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.mul(x, alpha), beta), f32x4.splat(0)), ONE);
  }
}

export class Gelu {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return gelu(x);
  }
}

export class GeluTanh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return geluTanh(x);
  }
}

export class Elu {

  @inline of(x: v128, alpha: v128, _beta: v128): v128 {
    return v128.bitselect(f32x4.mul(expm1(f32x4.pmin(x, f32x4.splat(0))), alpha), x, f32x4.lt(x, f32x4.splat(0)));
  }
}

export class Softplus {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return softplus(x);
  }
}

export class Mish {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return mish(x);
  }
}

export class Exp {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return exp(x);
  }
}

export class Log {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return log(x);
  }
}

export class Sqrt {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.sqrt(x);
  }
}

export class Abs {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.abs(x);
  }
}

export class Neg {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.neg(x);
  }
}

export class Reciprocal {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.div(ONE, x);
  }
}

export class Erf {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return erf(x);
  }
}

export class Floor {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.floor(x);
  }
}

export class Ceil {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.ceil(x);
  }
}

export class Round {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.nearest(x);
  }
}
