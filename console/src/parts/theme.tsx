/** Light, dark, or as the system says. */

import { useState } from "react";
import { Icon, type IconName } from "./icons";

type Theme = "system" | "light" | "dark";

const KEY = "cofferdam.theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS: Record<Theme, IconName> = { system: "system", light: "sun", dark: "moon" };

function chosen(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function choose(theme: Theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // The choice lasts as long as the page.
  }
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(chosen);
  const next = () => {
    choose(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  const label = `Theme: ${theme}. Switch to ${NEXT[theme]}`;
  return (
    <button type="button" className="button is-plain is-small" onClick={next} title={label}>
      <Icon name={ICONS[theme]} size={15} />
      <span className="hidden">{label}</span>
    </button>
  );
}
