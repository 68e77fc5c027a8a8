/**
 * Makes the text of `"\n\n".join(load_dataset("wikitext", "wikitext-2-raw-v1", split="test")["text"])`, as the GPTQ
 * paper's code (https://github.com/IST-DASLab/gptq, datautils.py) and the Hugging Face perplexity guide
 * (https://huggingface.co/docs/transformers/perplexity) evaluate it: the data set's rows are the file's lines with
 * their newlines, and "" for a line of white space only. The guide's 287,644 GPT-2 tokens are this text's.
 * @param raw wiki.test.raw
 */
export function joinedRows(raw: string): string {
  const lines = raw.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.trim() === '' ? '' : `${line}\n`)).join('\n\n');
}
