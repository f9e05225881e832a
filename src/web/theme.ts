const KEY = 'prebuilds.theme';
const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;

/** `auto` follows the system. */
export type Theme = keyof typeof NEXT;

export function readTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

export function applyTheme(theme: Theme): void {
  if (theme === 'auto') {
    document.documentElement.removeAttribute('data-theme');
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset['theme'] = theme;
    localStorage.setItem(KEY, theme);
  }
}

export const nextTheme = (theme: Theme): Theme => NEXT[theme];
