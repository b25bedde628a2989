/**
 * Loads this house's pure packages, and what they depend on, into another realm: a fresh set of
 * ECMAScript's own objects, with nothing of Node in it. Needs --experimental-vm-modules.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { type Context, SourceTextModule } from "node:vm";
import { root } from "../root.ts";

type Exports = string | { readonly [condition: string]: Exports };

/** As a bundler for browsers would choose. */
const CONDITIONS = ["browser", "import", "default"];

function chosen(exports: Exports | undefined): string {
  if (typeof exports === "string") return exports;
  for (const condition of CONDITIONS) {
    if (exports?.[condition] !== undefined) return chosen(exports[condition]);
  }
  throw new Error("no export for a browser");
}

function inPackage(folder: string, field: "exports" | "imports", key: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, chosen(manifest[field][key]));
}

function resolve(specifier: string, from: string): string {
  if (specifier.startsWith(".")) return join(dirname(from), specifier);
  if (specifier.startsWith("#")) {
    return inPackage(
      join(root, from.slice(root.length).split("/src/")[0] ?? ""),
      "imports",
      specifier,
    );
  }
  const parts = specifier.split("/");
  const name = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
  const folder = name.startsWith("@writ/")
    ? join(root, "packages", name.slice("@writ/".length))
    : join(root, "node_modules", name);
  return inPackage(folder, "exports", `.${specifier.slice(name.length)}`);
}

/** Names of a module's own constants, functions and classes. */
function ownNames(source: string): readonly string[] {
  const forms = /^(?:export )?(?:const|function|class|async function) (\w+)/gm;
  return [...source.matchAll(forms)].map((match) => match[1] ?? "");
}

export class RealmLoader {
  readonly #context: Context;
  readonly #modules = new Map<string, SourceTextModule>();
  /** The house's own modules that have been loaded, by path from the root. */
  readonly own: string[] = [];

  /** @param context must have a global function `__seal`, which gets a module's own things by name */
  constructor(context: Context) {
    this.#context = context;
  }

  /** What a package of the house lets others import, less what is Node's alone. */
  doors(name: string): readonly string[] {
    const manifest = readFileSync(join(root, "packages", name, "package.json"), "utf8");
    const exported: Readonly<Record<string, Exports>> = JSON.parse(manifest).exports;
    return Object.keys(exported)
      .filter((subpath) => !chosen(exported[subpath]).endsWith(".node.ts"))
      .map((subpath) => `@writ/${name}/${subpath.slice("./".length)}`);
  }

  async load(specifier: string): Promise<Readonly<Record<string, unknown>>> {
    return this.#evaluated(this.#module(resolve(specifier, join(root, "x.ts"))));
  }

  /** Source as if it were a module of the engine. */
  async plant(source: string): Promise<Readonly<Record<string, unknown>>> {
    const path = join(root, "packages/engine/src/planted.ts");
    return this.#evaluated(this.#compiled(path, source));
  }

  async #evaluated(module: SourceTextModule): Promise<Readonly<Record<string, unknown>>> {
    if (module.status === "unlinked") {
      await module.link((specifier, from) => this.#module(resolve(specifier, from.identifier)));
    }
    await module.evaluate();
    return module.namespace as Readonly<Record<string, unknown>>;
  }

  #module(path: string): SourceTextModule {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const module = this.#compiled(path, readFileSync(path, "utf8"));
    this.#modules.set(path, module);
    return module;
  }

  #compiled(path: string, text: string): SourceTextModule {
    const isOwn = path.startsWith(join(root, "packages"));
    if (isOwn) this.own.push(path.slice(root.length + 1));
    const plain = isOwn ? stripTypeScriptTypes(text) : text;
    const names = isOwn ? ownNames(plain) : [];
    const seal = names.map((name) => `\n__seal(${JSON.stringify(`${path} ${name}`)}, ${name});`);
    return new SourceTextModule(plain + seal.join(""), {
      identifier: path,
      context: this.#context,
    });
  }
}
