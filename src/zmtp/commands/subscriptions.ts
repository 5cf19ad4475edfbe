import { concat, type Frame, type Multipart } from "../bytes.js"
import { factsOf, type SocketTypeName } from "../socket-types.js"
import type { Version } from "../version.js"
import { commandData, encodeCommand } from "./command.js"

/** Patterns subscribe with the message `0x01 topic` and cancel with `0x00 topic`, which is also their form in ZMTP 3.0. */
const SUBSCRIBE = /* @__PURE__ */ Uint8Array.of(0x01)
const CANCEL = /* @__PURE__ */ Uint8Array.of(0x00)

/**
 * The frame of ZMTP 1.0 that subscribes to every message: its length, its flags, and the subscription. For peers that
 * cannot send one (libzmq 2.x).
 */
export const LEGACY_SUBSCRIPTION = /* @__PURE__ */ Uint8Array.of(2, 0, 0x01)

/** The pair of commands that subscribe and unsubscribe, or join and leave (RFCs 37 and 48). */
export class SubscriptionCommands {
  constructor(
    readonly subscribe: "SUBSCRIBE" | "JOIN",
    readonly cancel: "CANCEL" | "LEAVE",
    private readonly since: "3.0" | "3.1",
  ) {}

  /** Whether a peer of this version understands the commands. */
  knownTo(version: Version): boolean {
    return version === "3.1" || version === this.since
  }

  /** Converts a pattern's message to a command; `undefined` if it is not a subscription. */
  encode(message: Multipart): Frame | undefined {
    if (message.length !== 1) return undefined
    const frame = message[0]!
    const name = frame[0] === 0x01 ? this.subscribe : frame[0] === 0x00 ? this.cancel : undefined
    return name && encodeCommand(name, frame.subarray(1))
  }

  /** Converts a command to a pattern's message; `undefined` for other commands. */
  decode(command: Frame): Multipart | undefined {
    const subscribed = commandData(command, this.subscribe)
    if (subscribed !== undefined) return [concat([SUBSCRIBE, subscribed], subscribed.length + 1)]
    const canceled = commandData(command, this.cancel)
    return canceled && [concat([CANCEL, canceled], canceled.length + 1)]
  }
}

const SUBSCRIPTIONS = /* @__PURE__ */ new SubscriptionCommands("SUBSCRIBE", "CANCEL", "3.1")
const GROUPS = /* @__PURE__ */ new SubscriptionCommands("JOIN", "LEAVE", "3.0")

/** The commands that sockets of `type` accept from their peers. */
export function acceptedCommands(type: SocketTypeName): SubscriptionCommands | undefined {
  return commandsThat("accepts", type)
}

/** The commands that sockets of `type` send to their peers. */
export function sentCommands(type: SocketTypeName): SubscriptionCommands | undefined {
  return commandsThat("sends", type)
}

function commandsThat(direction: "accepts" | "sends", type: SocketTypeName): SubscriptionCommands | undefined {
  const { subscriptions, groups } = factsOf(type)
  return subscriptions === direction ? SUBSCRIPTIONS : groups === direction ? GROUPS : undefined
}
