import { Dealer } from "../index.js"
import { bothWays } from "./both-ways.js"

export const dealer = bothWays(
  {
    name: "dealer",
    section: "Sockets",
    summary: "Sends to its peers in turn, and prints what all of them send.",
    examples: [
      {
        text: "Send a request to a ROUTER and print one reply",
        command: "zmtp dealer --connect tcp://127.0.0.1:5555 --count 1 hello",
      },
    ],
  },
  () => new Dealer(),
  (socket) => socket,
)
