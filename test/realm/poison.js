// Runs inside the realm, before anything else does: takes the world away, and tells what is asked
// of it all the same. Plain JavaScript, one expression: it is given to the realm as text.
(() => {
  const touched = [];
  const touch = (name) => {
    touched.push(name);
    throw new Error(`${name} is not to be had here`);
  };
  const isAscii = (text) => {
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
    return true;
  };

  // What reads the clock, the machine, the network, chance or the collector, or compiles text.
  const absent = [
    ...["Date", "Intl", "process", "performance", "crypto", "fetch", "console", "navigator"],
    ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Buffer", "global"],
    ...["require", "module", "window", "self", "document", "localStorage", "XMLHttpRequest"],
    ...["WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics", "WebAssembly"],
    ...["ShadowRealm", "Temporal", "eval", "Worker", "structuredClone", "atob", "btoa", "URL"],
  ];
  for (const name of absent) {
    delete globalThis[name];
    Object.defineProperty(globalThis, name, { get: () => touch(name), configurable: false });
  }
  // Functions whose answer ECMAScript leaves to the implementation, to the locale or to chance.
  const vague = [
    [
      Math,
      ["random", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh"],
    ],
    [Math, ["asinh", "acosh", "atanh", "exp", "expm1", "log", "log1p", "log2", "log10", "hypot"]],
    [Math, ["pow", "cbrt"]],
    [String.prototype, ["localeCompare", "toLocaleLowerCase", "toLocaleUpperCase", "normalize"]],
    ...[Number, BigInt, Array, Object].map((type) => [type.prototype, ["toLocaleString"]]),
    [Object.getPrototypeOf(Uint8Array.prototype), ["toLocaleString"]],
  ];
  for (const [owner, names] of vague) {
    for (const name of names) Object.defineProperty(owner, name, { get: () => touch(name) });
  }
  // Case and white space follow the Unicode version of whoever runs; ASCII is the same everywhere.
  for (const name of ["toLowerCase", "toUpperCase", "trim", "trimStart", "trimEnd"]) {
    const own = String.prototype[name];
    String.prototype[name] = function (...rest) {
      return isAscii(String(this)) ? own.apply(this, rest) : touch(`${name} beyond ASCII`);
    };
  }
  const compiles = Object.getPrototypeOf(() => {}).constructor;
  Object.defineProperty(compiles.prototype, "constructor", { get: () => touch("Function") });
  Object.defineProperty(globalThis, "Function", { get: () => touch("Function") });

  // What modules hold: nothing of it may change any more.
  const tables = [];
  const seen = new Set();
  const closed = (holder, name, methods) => {
    for (const method of methods) holder[method] = () => touch(`${method} of ${name}`);
  };
  const seal = (name, value) => {
    const isHeld = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isHeld || seen.has(value)) return;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      tables.push([name, () => value.join(), value.join()]);
      return;
    }
    // Where it stands is reset by replace and matchAll, and kept by exec and test.
    if (value instanceof RegExp) {
      tables.push([name, () => value.lastIndex, 0]);
      return;
    }
    if (value instanceof Map) {
      for (const [key, each] of value) for (const one of [key, each]) seal(name, one);
      closed(value, name, ["set", "delete", "clear"]);
    }
    if (value instanceof Set) {
      for (const each of value) seal(name, each);
      closed(value, name, ["add", "delete", "clear"]);
    }
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      if ("value" in property) seal(`${name}.${String(key)}`, property.value);
    }
    Object.freeze(value);
  };
  globalThis.__seal = seal;

  // ECMAScript's own objects are nobody's notebook either.
  const own = [];
  const note = (owner, name) => {
    for (const key of Reflect.ownKeys(owner)) {
      const { value, get } = Object.getOwnPropertyDescriptor(owner, key);
      own.push([`${name}.${String(key)}`, owner, key, value ?? get]);
    }
  };
  const noteAll = () => {
    for (const key of Reflect.ownKeys(globalThis)) {
      const { value } = Object.getOwnPropertyDescriptor(globalThis, key);
      if (typeof value === "function") note(value, key);
      if (typeof value === "function" && value.prototype) note(value.prototype, `${key}.prototype`);
    }
    note(globalThis, "globalThis");
    note(Math, "Math");
    note(JSON, "JSON");
  };

  return {
    noteAll,
    /** What was asked for so far, and forgets it. */
    touched: () => touched.splice(0).join(),
    /** What is not any more as it was: modules' tables of numbers and regexes, and ECMAScript's own objects. */
    changed: () =>
      [
        ...tables.filter(([, now, was]) => now() !== was).map(([name]) => name),
        ...own
          .filter(([, owner, key, was]) => {
            const now = Object.getOwnPropertyDescriptor(owner, key);
            return now === undefined || !Object.is(now.value ?? now.get, was);
          })
          .map(([name]) => name),
      ].join(),
  };
})();
