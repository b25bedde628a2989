/** Light or dark, or whichever the system is. */
export type Theme = "system" | "light" | "dark";

const STORED = "writ-theme";
const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** The choice kept in this browser. */
export function keptTheme(): Theme {
  const kept = localStorage.getItem(STORED);
  return THEMES.find((theme) => theme === kept) ?? "system";
}

/** Shows a theme from now on, and keeps the choice. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(STORED, theme);
  showTheme(theme);
}

export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

/** The choice after this one, for a button that goes round. */
export function nextTheme(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
}
