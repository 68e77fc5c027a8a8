// Rows that are side by side within the rows of a wider buffer, such as the heads of a token.

/// The index at which row `row` starts if each row of `stride` numbers holds `heads` rows of `width` numbers from `column` on.
fn headStart(row: u32, heads: u32, width: u32, stride: u32, column: u32) -> u32 {
  return (row / heads) * stride + column + (row % heads) * width;
}
