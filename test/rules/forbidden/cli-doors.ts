import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writ } from "../../serving.ts";
import { freshFolder, say } from "../world.ts";
import { type Behaviour, WORDS } from "./behaviours.ts";
import type { CliAnswer, CliRequest } from "./cli-child.ts";
import { CLI_VERBS, type CliGround, HARMLESS_OPTIONS, HARMLESS_VERBS } from "./cli-verbs.ts";
import type { Scene } from "./scene.ts";
import type { Door, Finding } from "./table.ts";

interface Listed {
  /** The options of each verb. */
  readonly verbs: Readonly<Record<string, readonly string[]>>;
  readonly families: readonly string[];
}

/** The command line, in a process of its own. */
export class CommandLine {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: CliAnswer) => void>();
  readonly #ended: Promise<never>;
  #last = 0;

  constructor() {
    this.#child = fork(join(import.meta.dirname, "cli-child.ts"), { stdio: "inherit" });
    this.#child.on("message", (answer: CliAnswer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#ended = new Promise((_, reject) => {
      this.#child.once("exit", (code) => reject(new Error(`the command line ended with ${code}`)));
    });
    this.#ended.catch(() => {});
    process.once("exit", () => this.#child.kill("SIGKILL"));
  }

  /** Runs `writ ...argv`; with a verb, has it read each of these words alone. */
  ask(argv: readonly string[] | null, verb?: string): Promise<CliAnswer> {
    this.#last += 1;
    const id = this.#last;
    const request: CliRequest = { id, argv, ...(verb === undefined ? {} : { verb }) };
    const answered = new Promise<CliAnswer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send(request);
    });
    return Promise.race([answered, this.#ended]);
  }

  close(): void {
    this.#child.disconnect();
  }
}

/** Every verb that there is, found from the program's own table, and the words that are none. */
export async function cliDoors(scene: Scene, line: CommandLine, recorded: string): Promise<Door[]> {
  const { verbs, families }: Listed = JSON.parse((await line.ask(null)).out);
  assert.deepEqual(Object.keys(verbs).toSorted(), Object.keys(CLI_VERBS).toSorted());
  const ground: CliGround = {
    data: scene.deployment.data,
    policy: scene.policy,
    recorded,
    out: freshFolder(),
  };
  writeFileSync(join(ground.out, "calls"), `${say("hello")}\n`);
  return [
    ...families.map((family) => familyDoor(line, family, Object.keys(verbs))),
    ...Object.entries(verbs).map(([verb, options]) => optionsDoor(line, verb, options)),
    ...Object.keys(verbs)
      .filter((verb) => CLI_VERBS[verb]?.argv !== undefined)
      .map((verb) => runDoor(line, verb, ground)),
  ];
}

/** Words that would be a verb for it, did the program know them. */
function familyDoor(line: CommandLine, family: string, verbs: readonly string[]): Door {
  return {
    name: `CLI: ${family} and a word`,
    async attempt(behaviour) {
      const words = WORDS[behaviour].filter((word) => !HARMLESS_VERBS.has(`${family} ${word}`));
      for (const word of words) {
        assert.ok(!verbs.some((verb) => verb.startsWith(`${family} ${word}`)), `${family} ${word}`);
        const { code, error } = await line.ask([...family.split(" ").slice(1), word]);
        assert.deepEqual([code, error.split(";")[0]], [2, `writ: there is no verb ${word}`]);
      }
      return refused("there is no such verb", words.length);
    },
  };
}

/** Options that would make a verb do it. */
function optionsDoor(line: CommandLine, verb: string, options: readonly string[]): Door {
  return {
    name: `CLI: options of ${verb}`,
    async attempt(behaviour) {
      const words = WORDS[behaviour].filter((word) => !HARMLESS_OPTIONS.has(`${verb} --${word}`));
      for (const word of words) assert.ok(!options.includes(word), `${verb} --${word}`);
      const asked = words.map((word) => `--${word}`);
      const { error } = await line.ask(asked, verb);
      assert.deepEqual(
        error.split("\n"),
        asked.map((word) => `unknown option '${word}'`),
      );
      return refused("unknown option", words.length);
    },
  };
}

/** The verb as it is meant to be run, on the very Bucket: the table compares the log afterwards. */
function runDoor(line: CommandLine, verb: string, ground: CliGround): Door {
  const { argv, does, ends, alone } = CLI_VERBS[verb] ?? {};
  let isDone = false;
  const run = async (): Promise<void> => {
    const words = argv?.(ground) ?? [];
    const { code, text } = alone ? await runAlone(words) : await runWithin(line, words);
    assert.equal(code, ends ?? code, `${verb}: ${text}`);
    assert.doesNotMatch(text, /unknown option|an argument is missing|unexpected argument/);
  };
  return {
    name: `CLI: ${verb}`,
    async attempt(behaviour: Behaviour): Promise<Finding> {
      // Once is enough: it does the same each time, and knows nothing of what is wanted.
      if (!isDone) await run();
      isDone = true;
      const isNamed = WORDS[behaviour].some((word) => verb.split(" ").includes(word));
      assert.ok(!isNamed || HARMLESS_VERBS.has(verb), verb);
      return { how: "absent", by: [does ?? ""], probes: 1, counted: null };
    },
  };
}

async function runAlone(argv: readonly string[]) {
  const { code, stdout, stderr } = await writ(argv);
  return { code, text: stdout + stderr };
}

async function runWithin(line: CommandLine, argv: readonly string[]) {
  const { code, out, error } = await line.ask(argv);
  return { code, text: out + error };
}

function refused(by: string, probes: number): Finding {
  return { how: "refused", by: [by], probes, counted: null };
}
