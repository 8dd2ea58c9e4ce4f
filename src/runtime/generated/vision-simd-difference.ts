// Made from assembly/ by tools/kernels.ts. Do not edit.
export const simdDifference: string =
  "ae2c0000c20101ea02ff2401bf0282011afde601200afde401210a200b2007fd000410fde6012009fde40128a40101a902db0107fde601200efde459180062b001";
