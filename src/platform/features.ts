/** What options may require of the platform. */
export type Feature = "heartbeats" | "listening" | "multicast" | "security" | "tcp" | "tls"
