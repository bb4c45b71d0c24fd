/** The command line, a file that it names, or this machine is not what the command needs: exit code 2, nothing done. */
export class UsageError extends Error {
  readonly suggestion: string | undefined;
  constructor(message: string, suggestion?: string) {
    super(message);
    this.name = 'UsageError';
    this.suggestion = suggestion;
  }
}
