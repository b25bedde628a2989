import { DATA_ID, formatPageData, type PageData, PageRefused, parsePageData } from "./page-data.ts";

/** The line of a template behind which the data goes. */
const PLACE = "<!-- What is proved stands in the next line. -->\n";
const LINE = new RegExp(
  `^<script type="application/json" id="${DATA_ID}">([^<\\n]*)</script>\\n`,
  "m",
);

/** A template with its data: the whole page. Throws PageRefused (PAGE_TEMPLATE). */
export function fillPage(template: string, data: PageData): string {
  const at = template.indexOf(PLACE);
  if (at < 0 || LINE.test(template)) {
    throw new PageRefused("PAGE_TEMPLATE", "page: this is no empty template of a proof page");
  }
  const end = at + PLACE.length;
  const line = `<script type="application/json" id="${DATA_ID}">${formatPageData(data)}</script>\n`;
  return template.slice(0, end) + line + template.slice(end);
}

/** Takes a page apart: its data, and the template that is left. Throws PageRefused (PAGE_DATA). */
export function openPage(page: string): { readonly data: PageData; readonly template: string } {
  const [line, text = ""] = LINE.exec(page) ?? [];
  if (line === undefined) throw new PageRefused("PAGE_DATA", "page: it has no line of data");
  return { data: parsePageData(text), template: page.replace(line, () => "") };
}
