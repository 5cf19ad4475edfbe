/** Features of a platform that options may require. */
export type Feature = "heartbeats" | "listening" | "multicast" | "security" | "tcp" | "tls"
