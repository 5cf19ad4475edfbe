import { Program, type Outcome } from "./program.js"

export type { Outcome } from "./program.js"

const program = new URL("../../dist/node/cli.cjs", import.meta.url).pathname

/** The command line in a process of its own. */
export class Cli extends Program {
  constructor(...args: string[]) {
    super(process.execPath, [program, ...args])
  }

  /** Runs it to its end with `input` on stdin. */
  static run(args: readonly string[], input: string | Buffer = ""): Promise<Outcome> {
    const cli = new Cli(...args)
    cli.child.stdin.end(input)
    return cli.end()
  }

  /** The endpoint that it has bound for a wildcard. */
  async endpoint(): Promise<string> {
    return (await this.says(/^(?:bound to|listening on) (\S+)$/m))[1]!
  }
}
