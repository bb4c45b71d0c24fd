export function embedded(): readonly { readonly path: string; readonly text: string }[];
export function embed(): void;
