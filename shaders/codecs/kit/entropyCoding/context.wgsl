// The table of a symbol follows from the sum of the classes of its row and its column (src/codecs/kit/entropyCoding/contexts.ts).

/// Computes the table 0 … 31 from the classes in `rows` and `columns`, which are already multiplied by their strides.
fn contextTable(row: i32, column: i32) -> u32 {
  return u32(clamp(16 + row + column, 0, 31));
}
