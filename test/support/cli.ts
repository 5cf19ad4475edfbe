import { Program, type Outcome } from "./program.js"

export type { Outcome } from "./program.js"

const program = new URL("../../dist/node/cli.cjs", import.meta.url).pathname

/** Starts the command line in its own process. */
export class Cli extends Program {
  constructor(...args: string[]) {
    super(process.execPath, [program, ...args])
  }

  /** Runs the command line with `input` on stdin until it exits. */
  static run(args: readonly string[], input: string | Buffer = ""): Promise<Outcome> {
    const cli = new Cli(...args)
    cli.child.stdin.end(input)
    return cli.end()
  }

  /** The endpoint that the command line reports after it has bound one with a wildcard. */
  async endpoint(): Promise<string> {
    return (await this.says(/^(?:bound to|listening on) (\S+)$/m))[1]!
  }
}
