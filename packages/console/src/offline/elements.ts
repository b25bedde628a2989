import type { Drawn } from "../proof/path-drawing.ts";

const SVG = "http://www.w3.org/2000/svg";

/** The element of this id, which the template holds. */
export function part(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no part ${id}`);
  return element;
}

/** An element with a class and what is in it; text stays text, whatever it says. */
export function made(
  tag: string,
  className: string,
  ...content: readonly (Node | string)[]
): HTMLElement {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...content);
  return element;
}

/** A drawing as elements. */
export function drawn({ tag, attributes, children }: Drawn): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.map((child) => (typeof child === "string" ? child : drawn(child))));
  return element;
}

/** A link that saves bytes as a file of this name. */
export function saving(name: string, bytes: Uint8Array, type: string): HTMLElement {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
  link.download = name;
  link.textContent = name;
  return link;
}
