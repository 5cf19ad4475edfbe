import type { Channel, Client, Datagram, Dish, Peer, Radio, Scatter, Server } from "../draft.js"
import type { MessageLike, Socket, ZmqError } from "../index.js"
import { bothWays } from "./both-ways.js"
import { UsageError, type Command } from "./command.js"
import {
  receiveAll,
  RECEIVING,
  RECEIVING_NOTES,
  sendAll,
  SENDING,
  SENDING_NOTES,
  using,
  type Receiver,
  type Sender,
} from "./exchange.js"
import { formatOf } from "./format.js"
import { Output } from "./output.js"

/** Loads the draft types without their process warning, because the help explains what they are. */
async function loadDrafts() {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => undefined
  try {
    return await import("../draft.js")
  } finally {
    process.emitWarning = emitWarning
  }
}

const SECTION = "Draft sockets"

const client = bothWays(
  {
    name: "client",
    section: SECTION,
    summary: "Sends to SERVER peers in turn, and prints their replies.",
    examples: [
      {
        text: "Send one message and print the reply",
        command: "zmtp client --connect tcp://127.0.0.1:5555 --count 1 hello",
      },
    ],
  },
  async () => new (await loadDrafts()).Client(),
  single,
)

const server = bothWays(
  {
    name: "server",
    section: SECTION,
    summary: "Prints what CLIENT peers send, after their numbers, and sends to the peer with the number in front.",
    examples: [
      { text: "Print what clients send; a line such as 1<tab>hi replies", command: "zmtp server --bind tcp://*:5555" },
    ],
  },
  async () => new (await loadDrafts()).Server(),
  numbered,
  "number",
)

const peer = bothWays(
  {
    name: "peer",
    section: SECTION,
    summary: "Prints what other PEERs send, after their numbers, and sends to the peer with the number in front.",
    examples: [
      { text: "Talk to another peer", command: "zmtp peer --bind tcp://*:5555 --connect tcp://127.0.0.1:5556" },
    ],
  },
  async () => new (await loadDrafts()).Peer(),
  numbered,
  "number",
)

const channel = bothWays(
  {
    name: "channel",
    section: SECTION,
    summary: "Sends to one CHANNEL peer, and prints what it sends.",
    examples: [
      {
        text: "Send a message and print the answer",
        command: "zmtp channel --connect ipc:///tmp/channel --count 1 hello",
      },
    ],
  },
  async () => new (await loadDrafts()).Channel(),
  single,
)

const radio: Command = {
  name: "radio",
  section: SECTION,
  summary: "Sends messages to the DISH peers that have joined their group, over TCP or UDP.",
  usage: "--connect URL | --bind URL [--group TEXT] [MESSAGE …]",
  options: {
    group: { type: "text", value: "TEXT", help: "send to this group; default: the first frame names the group" },
    wait: { type: "number", value: "N", help: "wait for N members of the first message's group; a UDP network is one" },
    ...SENDING.options,
  },
  groups: SENDING.groups,
  examples: [
    {
      text: "Send to a group by UDP multicast",
      command: "zmtp radio --connect udp://239.0.0.1:5555 --group weather sunny",
    },
    {
      text: "Send one message over TCP as soon as a peer has joined the group",
      command: "zmtp radio --bind tcp://*:5556 --group weather --wait 1 sunny",
    },
  ],
  notes: SENDING_NOTES,
  async run(given) {
    const group = given.text("group")
    const format = await formatOf(given, group === undefined ? "group" : undefined, true)
    const { Radio } = await loadDrafts()
    const wait = given.number("wait") ?? 0
    await using(new Radio(), given, false, (socket) =>
      sendAll(grouped(socket), given, format, {
        head: group,
        count: given.number("count"),
        begin: async (first) => {
          const [topic] = exactly(2, first) as [string | Buffer, MessageLike]
          if (wait > 0) await socket.peersReady(wait, { topic, signal: given.signal })
        },
      }),
    )
  },
}

const dish: Command = {
  name: "dish",
  section: SECTION,
  summary: "Prints the messages that RADIO peers send to its groups.",
  usage: "--bind URL | --connect URL --group TEXT …",
  options: {
    group: { type: "text", multiple: true, value: "TEXT", help: "join this group, by its exact name" },
    ...RECEIVING.options,
  },
  groups: RECEIVING.groups,
  examples: [
    {
      text: "Receive two groups by UDP multicast",
      command: "zmtp dish --bind udp://239.0.0.1:5555 --group weather --group news",
    },
  ],
  notes: RECEIVING_NOTES,
  async run(given) {
    const groups = given.list("group")
    if (groups.length === 0) throw new UsageError("Missing group: --group TEXT")
    const format = await formatOf(given, "group", true)
    const output = new Output(given, format, "group")
    const { Dish } = await loadDrafts()
    const socket = new Dish()
    try {
      socket.join(...groups)
    } catch (error) {
      throw new UsageError(`--group ${groups.join(", ")}: ${(error as Error).message}`)
    }
    await using(socket, given, true, (socket) => receiveAll(members(socket), given, output))
  },
}

const scatter: Command = {
  name: "scatter",
  section: SECTION,
  summary: "Distributes messages to GATHER peers in turn.",
  usage: "--connect URL [MESSAGE …]",
  ...SENDING,
  examples: [{ text: "Send a message", command: "zmtp scatter --connect tcp://127.0.0.1:5557 job" }],
  notes: SENDING_NOTES,
  async run(given) {
    const format = await formatOf(given, undefined, true)
    const { Scatter } = await loadDrafts()
    await using(new Scatter(), given, false, (socket) =>
      sendAll(singleSender(socket), given, format, { count: given.number("count") }),
    )
  },
}

const gather: Command = {
  name: "gather",
  section: SECTION,
  summary: "Prints the messages of SCATTER peers.",
  usage: "--bind URL",
  ...RECEIVING,
  examples: [{ text: "Print what is sent to port 5557", command: "zmtp gather --bind tcp://*:5557" }],
  notes: RECEIVING_NOTES,
  async run(given) {
    const format = await formatOf(given, undefined, true)
    const output = new Output(given, format)
    const { Gather } = await loadDrafts()
    await using(new Gather(), given, true, (socket) => receiveAll(socket, given, output))
  },
}

const dgram = bothWays(
  {
    name: "dgram",
    section: SECTION,
    summary: "Prints UDP datagrams with their addresses, and sends each message to the address in its first frame.",
    examples: [
      { text: "Print each datagram and its sender", command: "zmtp dgram --bind udp://*:5555" },
      {
        text: "Send one datagram",
        command: "printf '127.0.0.1:5555\\thello\\n' | zmtp dgram --bind 'udp://*:*' --count 0",
      },
    ],
  },
  async () => new (await loadDrafts()).Datagram(),
  addressed,
  "peer",
)

export const DRAFTS: readonly Command[] = [client, server, radio, dish, scatter, gather, peer, channel, dgram]

/** Sends and receives messages of one frame. */
function single(socket: Client | Channel): Sender & Receiver {
  return { ...singleSender(socket), receive: (options) => socket.receive(options) }
}

function singleSender(socket: Client | Channel | Scatter): Sender {
  return {
    send: async (frames, options) => {
      const [frame] = exactly(1, frames)
      await socket.send(frame!, options)
    },
  }
}

/** Sends and receives messages of one frame, after the number of a peer. */
function numbered(socket: Server | Peer): Sender & Receiver {
  return {
    send: async (frames, options) => {
      const [number, frame] = exactly(2, frames)
      const text = Buffer.from(number as string).toString()
      const routingId = Number(text)
      if (!/^\d+$/.test(text) || routingId < 1 || routingId > 0xffff_ffff) {
        throw new UsageError(`Invalid peer '${text}': expected the number that a message was printed with`)
      }
      await socket.send(frame!, { ...options, routingId })
    },
    receive: async (options) => {
      const [frame, { routingId }] = await socket.receive(options)
      return [Buffer.from(String(routingId)), frame]
    },
  }
}

/** Sends and receives `[address, datagram]`, with the address of the peer. */
function addressed(socket: Datagram): Sender & Receiver {
  return {
    send: async (frames, options) => {
      const [address, bytes] = exactly(2, frames)
      try {
        await socket.send([address!, bytes!], options)
      } catch (error) {
        const { code, cause } = error as ZmqError
        if (code === "EINVAL" && cause instanceof Error) throw new UsageError(cause.message)
        throw error
      }
    },
    receive: (options) => socket.receive(options),
  }
}

/** Sends messages of one frame, after their group. */
function grouped(socket: Radio): Sender {
  return {
    send: async (frames, options) => {
      const [group, frame] = exactly(2, frames)
      await socket.send(frame!, { ...options, group: group as string | Buffer })
    },
  }
}

/** @throws UsageError unless there are `count` frames, including the envelope. */
function exactly(count: 1 | 2, frames: readonly MessageLike[]): readonly MessageLike[] {
  if (frames.length === count) return frames
  const expected = count === 1 ? "one frame" : "two frames, the first of which is the destination"
  throw new UsageError(`Invalid message with ${frames.length} frames: this socket type sends ${expected}`)
}

function members(socket: Dish): Receiver {
  return {
    receive: async (options) => {
      const [frame, { group }] = await socket.receive(options)
      return [group, frame]
    },
  }
}

/** Draft types by the names of their commands. */
export const DRAFT_TYPES: Readonly<Record<string, () => Promise<Socket>>> = {
  channel: async () => new (await loadDrafts()).Channel(),
  client: async () => new (await loadDrafts()).Client(),
  dgram: async () => new (await loadDrafts()).Datagram(),
  dish: async () => new (await loadDrafts()).Dish(),
  gather: async () => new (await loadDrafts()).Gather(),
  peer: async () => new (await loadDrafts()).Peer(),
  radio: async () => new (await loadDrafts()).Radio(),
  scatter: async () => new (await loadDrafts()).Scatter(),
  server: async () => new (await loadDrafts()).Server(),
}
