/** What the official suite asks a server to offer; `category` is that of a policy, without digits. */
interface SuiteTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>> & { readonly type: "object" };
}

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

const text = (words: string): object => ({ type: "text", text: words });
const image = { type: "image", data: PIXEL, mimeType: "image/png" };
const resource = (uri: string, mimeType: string, words: string): object => ({
  type: "resource",
  resource: { uri, mimeType, text: words },
});

/** Tools without arguments, and the content that they give. */
export const CONTENT: Readonly<Record<string, readonly object[]>> = {
  test_simple_text: [text("This is a simple text response for testing.")],
  test_image_content: [image],
  test_audio_content: [{ type: "audio", data: SILENCE, mimeType: "audio/wav" }],
  test_embedded_resource: [
    resource("test://embedded-resource", "text/plain", "This is an embedded resource content."),
  ],
  test_multiple_content_types: [
    text("Multiple content types test:"),
    image,
    resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
  ],
  test_tool_with_logging: [text("logged")],
  test_tool_with_progress: [text("done")],
  test_reconnection: [text("done")],
  json_schema_2020_12_tool: [text("done")],
};

/** Tools that turn to whoever called them, and what they ask. */
export const ASKING: Readonly<Record<string, "sampling" | "elicitation">> = {
  test_sampling: "sampling",
  test_elicitation: "elicitation",
  test_elicitation_sep1034_defaults: "elicitation",
  test_elicitation_sep1330_enums: "elicitation",
};

/** The one whose schema must arrive unchanged. */
const SCHEMA: SuiteTool["inputSchema"] = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
  additionalProperties: false,
};

export const FAILING = "test_error_handling";

export const TOOLS: readonly SuiteTool[] = [
  ...Object.keys(CONTENT),
  ...Object.keys(ASKING),
  FAILING,
].map((name) => ({
  name,
  description: `What the suite expects of ${name}.`,
  inputSchema: name === "json_schema_2020_12_tool" ? SCHEMA : { type: "object" },
}));
