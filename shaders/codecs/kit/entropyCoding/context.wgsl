// Which table codes a symbol (src/codecs/kit/entropyCoding/contexts.ts): the classes of its row and its column, added up.

/// Table 0 … 31 from the classes as stored in `rows` and `columns`, already times their strides.
fn contextTable(row: i32, column: i32) -> u32 {
  return u32(clamp(16 + row + column, 0, 31));
}
