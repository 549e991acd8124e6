// Reads documents (OpenAPI, AsyncAPI) by name from standard input and prints what Spectral's recommended rules have to
// say of each.
// Severity 0 is an error, 1 a warning, 2 a piece of information.
import spectral from "@stoplight/spectral-core";
import parsers from "@stoplight/spectral-parsers";
import rulesets from "@stoplight/spectral-rulesets";

const linter = new spectral.Spectral();
linter.setRuleset({
  extends: [
    [rulesets.oas, "recommended"],
    [rulesets.asyncapi, "recommended"],
  ],
  // OpenAPI 3.1 lets a bearer token's scopes stand beside the scheme; the rule still wants them listed by an OAuth flow,
  // of which there is none. tests/services/test_openapi.py holds that each operation asks for one.
  // And a document is the same wherever the system runs: no address of those who run it can stand in it.
  rules: { "oas3-operation-security-defined": "off", "asyncapi-info-contact-properties": "off" },
});

let text = "";
for await (const part of process.stdin) text += part;
const said = [];
for (const [name, document] of Object.entries(JSON.parse(text))) {
  const found = await linter.run(new spectral.Document(JSON.stringify(document), parsers.Json, name));
  said.push(...found.map(({ severity, code, path, message }) => ({ name, severity, code, path: path.join("/"), message })));
}
process.stdout.write(JSON.stringify(said));
