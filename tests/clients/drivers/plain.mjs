// A host without a model of its own, as plain.py.

export const given = JSON.parse(process.argv[2]);

export async function converse(tools, call) {
  let results = [];
  for (;;) {
    const answer = await fetch(`${given.model}/plain`, { method: "POST", body: JSON.stringify({ tools, results }) });
    const { calls } = await answer.json();
    if (!calls.length) return;
    results = await Promise.all(
      calls.map(({ tool, arguments: args }) => call(tool, args).catch((error) => `${error.name}: ${error.message}`)),
    );
  }
}

export function textOf(result) {
  return result.content.map((block) => block.text ?? "").join("\n");
}
