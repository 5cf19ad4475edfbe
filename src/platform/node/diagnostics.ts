import { channel } from "node:diagnostics_channel"
import type { Channels } from "../../core/channels.js"

/** The channels `zmtp:connect`, `zmtp:send`, and so on of this process. */
export const nodeChannels: Channels = {
  connect: channel("zmtp:connect"),
  handshake: channel("zmtp:handshake"),
  disconnect: channel("zmtp:disconnect"),
  send: channel("zmtp:send"),
  receive: channel("zmtp:receive"),
  drop: channel("zmtp:drop"),
}
