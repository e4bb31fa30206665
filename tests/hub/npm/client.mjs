// Calls one function of @huggingface/hub. Takes {function, parameters} as JSON from standard
// input, writes {result} or {error: {status, message}}. Content of files goes both ways as
// {base64}: parameters hold files as {path, base64}, a downloaded file comes back as {base64}.
import * as hub from "@huggingface/hub";

const blob = (base64) => new Blob([Buffer.from(base64, "base64")]);

function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== "object") return value;
  if ("base64" in value) {
    const { base64, ...rest } = value;
    return { ...rest, content: blob(base64) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)]));
}

async function encode(value) {
  if (value instanceof Blob) {
    return { base64: Buffer.from(await value.arrayBuffer()).toString("base64") };
  }
  if (value && typeof value[Symbol.asyncIterator] === "function") {
    const rows = [];
    for await (const row of value) rows.push(row);
    return rows;
  }
  return value;
}

let text = "";
for await (const part of process.stdin) text += part;
const { function: name, parameters } = JSON.parse(text);
let answer;
try {
  answer = { result: (await encode(await hub[name](decode(parameters)))) ?? null };
} catch (error) {
  answer = { error: { status: error.statusCode ?? null, message: String(error.message) } };
}
process.stdout.write(JSON.stringify(answer));
