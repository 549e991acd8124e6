// Reads an AsyncAPI document from standard input and prints what the official parser has to say about it.
// Severity 0 is an error, 1 a warning, 2 a piece of information.
import { Parser } from "@asyncapi/parser";

let text = "";
for await (const part of process.stdin) text += part;
const { diagnostics } = await new Parser().parse(text);
const said = diagnostics.map(({ severity, code, path, message }) => ({ severity, code, path: path.join("/"), message }));
process.stdout.write(JSON.stringify(said));
