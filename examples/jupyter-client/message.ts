import { createHmac, randomUUID, timingSafeEqual } from "node:crypto"
import type { Message, MessageLike } from "../../src/index.js"

/** Between whom a message is for and the message. */
const DELIMITER = "<IDS|MSG>"

/** Of the protocol, https://jupyter-client.readthedocs.io/en/stable/messaging.html */
export const VERSION = "5.3"

export interface Header {
  readonly msg_id: string
  readonly session: string
  readonly username: string
  readonly date: string
  readonly msg_type: string
  readonly version: string
}

export type Content = Readonly<Record<string, unknown>>

export interface JupyterMessage {
  /** Routing ids on the way to a ROUTER, the topic of what is published. */
  readonly identities: readonly MessageLike[]
  readonly header: Header
  /** Of the request that this belongs to. */
  readonly parent: Header | Record<string, never>
  readonly content: Content
}

/** One end of a conversation: makes messages, signs them, and reads those that are signed with the same key. */
export class Wire {
  readonly session = randomUUID()

  /** @param key Empty for messages without signatures. */
  constructor(private readonly key: string) {}

  message(
    type: string,
    content: Content,
    { parent = {}, identities = [] }: Partial<Pick<JupyterMessage, "parent" | "identities">> = {},
  ): JupyterMessage {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: "zmtp",
      date: new Date().toISOString(),
      msg_type: type,
      version: VERSION,
    }
    return { identities, header, parent, content }
  }

  encode({ identities, header, parent, content }: JupyterMessage): MessageLike[] {
    const parts = [header, parent, {}, content].map((part) => JSON.stringify(part))
    return [...identities, DELIMITER, this.#sign(parts), ...parts]
  }

  /** `undefined` for what is no message or is signed with another key. */
  decode(frames: readonly Message[]): JupyterMessage | undefined {
    const delimiter = frames.findIndex((frame) => frame.toString() === DELIMITER)
    const [signature, ...parts] = frames.slice(delimiter + 1, delimiter + 6)
    if (delimiter < 0 || parts.length < 4) return undefined
    const expected = Buffer.from(this.#sign(parts))
    if (signature!.length !== expected.length || !timingSafeEqual(signature!, expected)) return undefined
    const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()) as unknown)
    return {
      identities: frames.slice(0, delimiter),
      header: header as Header,
      parent: parent as JupyterMessage["parent"],
      content: content as Content,
    }
  }

  #sign(parts: readonly (string | Message)[]): string {
    if (this.key === "") return ""
    const hmac = createHmac("sha256", this.key)
    for (const part of parts) hmac.update(part)
    return hmac.digest("hex")
  }
}
