/** `./bin/test quick`: the run leaves out what takes long, and says what at its end. */
export const quick = process.env['K8S_HA_QUICK'] !== undefined;

/** How often a property is tried. */
export function runsOf(number: number): number {
  return quick ? Math.ceil(number / 5) : number;
}
