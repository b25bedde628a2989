/** What of a workspace's package.json the packing reads. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly exports?: Targets;
  readonly imports?: Targets;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A file, or one for each condition. */
export type Target = string | { readonly [condition: string]: Target };
export type Targets = Readonly<Record<string, Target>>;

/** `./src/a/b.ts` → `a/b`; throws for what is no source of the package. */
export function moduleOf(file: string): string {
  const found = /^\.\/src\/(.+)\.ts$/.exec(file)?.[1];
  if (found === undefined) throw new Error(`${file}: name a file ./src/….ts`);
  return found;
}

/** Every file that a target can mean, with the last condition that leads to it. */
export function filesOf(target: Target, condition = "default"): [string, string][] {
  if (typeof target === "string") return [[condition, target]];
  return Object.entries(target).flatMap(([name, inner]) => filesOf(inner, name));
}

/**
 * The package.json that is published: the same package, told of its `dist`. Every condition keeps
 * its place; `types` stands first, or TypeScript does not look at it.
 */
export function publishedManifest(manifest: Manifest, files: readonly string[]): object {
  const { name, version, description, license, engines, bin, dependencies } = manifest;
  return {
    name,
    version,
    description,
    license,
    type: "module",
    engines,
    files,
    bin,
    exports: published(manifest.exports ?? {}, withTypes),
    imports: manifest.imports === undefined ? undefined : published(manifest.imports, inDist),
    dependencies,
  };
}

/** Whether a package is a page: made into files beforehand, with all of its code in them. */
export function isPage({ exports = {} }: Manifest): boolean {
  return Object.values(exports).some((target) => String(target).endsWith(".html"));
}

/** The package.json of a page: the same files are its doors, and it needs nobody else's code. */
export function pageManifest(manifest: Manifest): object {
  const { name, version, description, license, engines, exports } = manifest;
  return { name, version, description, license, type: "module", engines, files: ["dist"], exports };
}

function published(targets: Targets, form: (target: Target) => Target): Targets {
  return Object.fromEntries(Object.entries(targets).map(([path, target]) => [path, form(target)]));
}

function withTypes(target: Target): Target {
  if (typeof target !== "string") return inDist(target);
  const module = moduleOf(target);
  return { types: `./dist/${module}.d.ts`, default: `./dist/${module}.js` };
}

function inDist(target: Target, condition = "default"): Target {
  if (typeof target !== "string") {
    return Object.fromEntries(
      Object.entries(target).map(([name, inner]) => [name, inDist(inner, name)]),
    );
  }
  return `./dist/${moduleOf(target)}.${condition === "types" ? "d.ts" : "js"}`;
}
