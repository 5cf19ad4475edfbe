import { commandData } from "../commands/command.js"
import { unexpected } from "../commands/error.js"

/** The commands of PLAIN and CURVE in order (RFCs 24 and 26). The client sends the first, and then the sides take turns. */
const COMMANDS = ["HELLO", "WELCOME", "INITIATE", "READY"] as const

type Command = (typeof COMMANDS)[number]

/** Whose turn it is in the handshake of PLAIN or CURVE, and with which command. */
export class Turns {
  #done = 0

  constructor(private readonly side: "client" | "server") {}

  /** Whether both sides have sent all their commands. */
  get over(): boolean {
    return this.#done === COMMANDS.length
  }

  /** The command that this side sends next; `undefined` while it is the peer's turn, and in the end. */
  get toSend(): Command | undefined {
    return this.#isOwn ? COMMANDS[this.#done] : undefined
  }

  /** The command that the peer sends next; `undefined` while it is this side's turn, and in the end. */
  get toReceive(): Command | undefined {
    return this.#isOwn ? undefined : COMMANDS[this.#done]
  }

  /**
   * Returns the data of the peer's next command.
   * @throws ProtocolError if `body` is another command
   * @throws RefusedError if it is an ERROR command
   */
  dataOf(body: Uint8Array): Uint8Array {
    const expected = this.toReceive
    const data = expected === undefined ? undefined : commandData(body, expected)
    if (data === undefined) throw unexpected(body, expected)
    return data
  }

  /** The command of this turn was sent, or received and found valid. */
  next(): void {
    this.#done++
  }

  get #isOwn(): boolean {
    return (this.#done % 2 === 0) === (this.side === "client")
  }
}
