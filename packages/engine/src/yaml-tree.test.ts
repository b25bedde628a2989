import { testFaults } from "./sample-bundle.node.ts";

testFaults([
  {
    what: "duplicate key",
    from: "name: payments",
    to: "name: payments\nname: other",
    faults: [["DUPLICATE_KEY", "name: other"]],
  },
  {
    what: "number YAML alone knows",
    from: "amount: 5000",
    to: "amount: 0x1388",
    faults: [["NUMBER", "0x1388"]],
  },
  {
    what: "number beyond binary64",
    from: "amount: 5000",
    to: "amount: 9007199254740993",
    faults: [["NUMBER", "9007199254740993"]],
  },
  {
    what: "tag",
    from: "name: payments",
    to: "name: !!str payments",
    faults: [["NOT_YAML", "payments\n$defs"]],
  },
  {
    what: "unknown alias",
    from: "name: payments",
    to: "name: *other",
    faults: [
      ["NOT_YAML", "*other"],
      ["WRONG_TYPE", "*other"],
    ],
  },
  {
    what: "half a surrogate pair",
    from: "text: hello",
    to: 'text: "\\ud800"',
    faults: [["STRING", '"\\ud800"']],
  },
]);
