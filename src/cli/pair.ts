import { Pair } from "../index.js"
import { bothWays } from "./both-ways.js"

export const pair = bothWays(
  {
    name: "pair",
    section: "Sockets",
    summary: "Sends to one PAIR peer, and prints what it sends.",
    examples: [
      {
        text: "Chat between two terminals",
        command: "zmtp pair --bind tcp://127.0.0.1:5555\nzmtp pair --connect tcp://127.0.0.1:5555",
      },
    ],
  },
  () => new Pair(),
  (socket) => socket,
)
