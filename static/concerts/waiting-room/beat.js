// A worker that wakes its page twice a second: browsers let the timers of a page in the background run once a minute
// only, and somebody at the head of the line who is not heard for so long counts as absent.
setInterval(() => postMessage(null), 500);
