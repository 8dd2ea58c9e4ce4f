/** Bytes in an entry of the table of phases that are joined. */
export const JOIN_ENTRY_BYTES: i32 = 12;
