/** A mistake in what was asked for: reported in one line, without a stack. */
export class InputError extends Error {}

/** Runs a command; any other error is a defect and keeps its stack. */
export async function runCommand(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
