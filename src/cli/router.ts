import { Router } from "../index.js"
import { bothWays } from "./both-ways.js"

export const router = bothWays(
  {
    name: "router",
    section: "Sockets",
    summary: "Prints what its peers send, and sends to the peer that the first frame of a message names.",
    examples: [
      {
        text: "Print each message with its sender",
        command: "zmtp router --bind tcp://127.0.0.1:5555 --template '%p says %s\\n'",
      },
      {
        text: "Send to the peer with the routing id worker",
        command: "printf 'worker\\tjob 1\\n' | zmtp router --bind tcp://127.0.0.1:5555 --set mandatory=true",
      },
    ],
  },
  () => new Router(),
  (socket) => socket,
  "peer",
)
