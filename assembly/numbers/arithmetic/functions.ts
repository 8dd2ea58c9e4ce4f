/** Operations on two numbers of one type, as types for which loops are compiled; those with `vector` on vectors too. */

export class Add {

  @inline one<T>(a: T, b: T): T {
    return <T>(a + b);
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
}

export class Sub {

  @inline one<T>(a: T, b: T): T {
    return <T>(a - b);
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.sub<T>(a, b);
  }
}

export class Mul {

  @inline one<T>(a: T, b: T): T {
    return <T>(a * b);
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    if (sizeof<T>() != 1) return v128.mul<T>(a, b);
    // the lower halves of products of 16 bits
    const low = i16x8.extmul_low_i8x16_u(a, b);
    const high = i16x8.extmul_high_i8x16_u(a, b);
    return v128.shuffle<i8>(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  }
}

export class Minimum {

  @inline one<T>(a: T, b: T): T {
    return b < a ? b : a;
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    if (sizeof<T>() == 8) return v128.bitselect(b, a, i64x2.lt_s(b, a));
    return v128.min<T>(a, b);
  }
}

export class Maximum {

  @inline one<T>(a: T, b: T): T {
    return b > a ? b : a;
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    if (sizeof<T>() == 8) return v128.bitselect(b, a, i64x2.gt_s(b, a));
    return v128.max<T>(a, b);
  }
}

export class And {

  @inline one<T>(a: T, b: T): T {
    return <T>(a & b);
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.and(a, b);
  }
}

export class Or {

  @inline one<T>(a: T, b: T): T {
    return <T>(a | b);
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.or(a, b);
  }
}

export class Xor {

  @inline one<T>(a: T, b: T): T {
    return <T>(a ^ b);
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }
}

/** 0 where the divisor is; the least number divided by -1 wraps around to itself. */
export class Div {

  @inline one<T>(a: T, b: T): T {
    if (b == 0) return <T>0;
    // the processor would trap
    if (isSigned<T>() && b == <T>-1) return <T>(0 - a);
    return <T>(a / b);
  }
}

/** As {@link Div}. */
export class Fmod {

  @inline one<T>(a: T, b: T): T {
    if (isInteger<T>() && b == 0) return <T>0;
    return <T>(a % b);
  }
}

/** As {@link Div}. */
export class Mod {

  @inline one<T>(a: T, b: T): T {
    const rest = changetype<Fmod>(0).one<T>(a, b);
    return isSigned<T>() && rest != 0 && rest < 0 != b < 0 ? <T>(rest + b) : rest;
  }
}

export class Pow {

  @inline one<T>(a: T, b: T): T {
    if (isSigned<T>() && b < 0) {
      if (a == <T>-1) return b & 1 ? a : <T>1;
      return a == 1 ? a : <T>0;
    }
    let result = <T>1;
    for (; b > 0; b = <T>(b >> 1), a = <T>(a * a)) if (b & 1) result = <T>(result * a);
    return result;
  }
}

/** By as many bits as there are, or more, it is 0. */
export class ShiftLeft {

  @inline one<T>(a: T, b: T): T {
    const bits: u64 = sizeof<T>() * 8;
    return bits > <u64>b ? <T>(a << b) : <T>0;
  }
}

export class ShiftRight {

  @inline one<T>(a: T, b: T): T {
    const bits: u64 = sizeof<T>() * 8;
    if (bits <= <u64>b) return <T>0;
    if (sizeof<T>() == 8) return <T>((<u64>a) >> (<u64>b));
    if (sizeof<T>() == 4) return <T>((<u32>a) >> (<u32>b));
    return <T>((<u32>(<u8>a)) >> (<u32>b));
  }
}
