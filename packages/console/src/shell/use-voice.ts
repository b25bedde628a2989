import { useRef, useState } from "preact/hooks";

const PAUSE_MS = 5000;

/**
 * What a live region says: of several sayings within the pause the last one, so that a busy log does
 * not talk without end.
 */
export function useVoice(): readonly [said: string, say: (text: string) => void] {
  const [said, setSaid] = useState("");
  const state = useRef({ waiting: "", isPausing: false });
  const say = useRef((text: string): void => {
    state.current.waiting = text;
    if (state.current.isPausing) return;
    const speak = (): void => {
      const { waiting } = state.current;
      state.current = { waiting: "", isPausing: waiting !== "" };
      if (waiting === "") return;
      setSaid(waiting);
      setTimeout(speak, PAUSE_MS);
    };
    speak();
  }).current;
  return [said, say];
}
