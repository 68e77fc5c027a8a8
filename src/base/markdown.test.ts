import { expect, test } from 'vitest';
import { cellText, markdownTable, parseMarkdownTables } from './markdown';

test('reads tables with the headings above them, and nothing else', () => {
  const table = markdownTable<string>(
    [
      ['Codec', (name) => name, 'left'],
      ['Bytes', () => '1,040'],
    ],
    ['`rtn(bits=4)`', cellText('a |\n b')],
  );
  const text = `# Title\n\n## First\n\n### Below\n${table}\ntext | with a bar\n## Second\n\n${table}`;
  const [first, second, ...others] = parseMarkdownTables(text);
  expect(others).toEqual([]);
  expect(first).toEqual({
    headings: ['Title', 'First', 'Below'],
    columns: ['Codec', 'Bytes'],
    rows: [
      ['`rtn(bits=4)`', '1,040'],
      ['a | b', '1,040'],
    ],
  });
  expect(second.headings).toEqual(['Title', 'Second']);
});
