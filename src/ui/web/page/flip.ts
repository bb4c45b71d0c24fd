import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Animates what has moved: an element with `data-vip` that was drawn elsewhere before slides from there. Still where the
 * operator wants no motion.
 */
export function useSlide<T extends HTMLElement>(place: string) {
  const root = useRef<T>(null);
  const before = useRef(new Map<string, DOMRect>());
  const placed = useRef(place);
  useLayoutEffect(() => {
    const chips = [...(root.current?.querySelectorAll<HTMLElement>('.vip') ?? [])];
    const now = new Map(chips.map((chip) => [chip.dataset['key'] ?? '', chip.getBoundingClientRect()] as const));
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches || placed.current === place;
    placed.current = place;
    for (const chip of still ? [] : chips) {
      const key = chip.dataset['key'] ?? '';
      const [from, to] = [before.current.get(key), now.get(key)];
      if (!from || !to || (from.x === to.x && from.y === to.y)) continue;
      chip.animate([{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, { transform: 'none' }], {
        duration: 420,
        easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)',
      });
    }
    before.current = now;
  });
  return root;
}
