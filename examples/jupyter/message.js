import { createHmac, randomUUID, timingSafeEqual } from "node:crypto"

/** Separates the recipients of a message from the message. */
const DELIMITER = "<IDS|MSG>"

/** Version of the protocol: https://jupyter-client.readthedocs.io/en/stable/messaging.html */
export const VERSION = "5.3"

/** One end of a conversation: makes messages, signs them, and reads those that are signed with the same key. */
export class Wire {
  key
  session = randomUUID()

  /** @param key Empty for messages without signatures. */
  constructor(key) {
    this.key = key
  }

  message(type, content, { parent = {}, identities = [] } = {}) {
    const header = {
      msg_id: randomUUID(),
      session: this.session,
      username: "zmtp",
      date: new Date().toISOString(),
      msg_type: type,
      version: VERSION,
    }
    return { identities, header, parent, content }
  }

  encode({ identities, header, parent, content }) {
    const parts = [header, parent, {}, content].map((part) => JSON.stringify(part))
    return [...identities, DELIMITER, this.#sign(parts), ...parts]
  }

  /** Returns `undefined` for an invalid message, or one that is signed with another key. */
  decode(frames) {
    const delimiter = frames.findIndex((frame) => frame.toString() === DELIMITER)
    const [signature, ...parts] = frames.slice(delimiter + 1, delimiter + 6)
    if (delimiter < 0 || parts.length < 4) return undefined
    const expected = Buffer.from(this.#sign(parts))
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined
    const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()))
    return {
      identities: frames.slice(0, delimiter),
      header: header,
      parent: parent,
      content: content,
    }
  }

  #sign(parts) {
    if (this.key === "") return ""
    const hmac = createHmac("sha256", this.key)
    for (const part of parts) hmac.update(part)
    return hmac.digest("hex")
  }
}
