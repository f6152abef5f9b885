console.error('still here');
setInterval(() => undefined, 1000);
