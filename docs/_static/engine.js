// Logistic regression with K outputs, in the symbols of the book: inputs X (B, d), labels y (B,),
// weights W (d, K), biases b (K,), each an array of numbers or of rows.

// h = xW + b, for one example
const logits = (x, W, b) => b.map((bias, k) => x.reduce((h, xj, j) => h + xj * W[j][k], bias));

// The largest logit is subtracted before the exponential, which therefore never overflows.
function logSoftmax(h) {
  const top = Math.max(...h), total = h.reduce((sum, hk) => sum + Math.exp(hk - top), 0);
  return h.map(hk => hk - top - Math.log(total));
}

// The mean cross-entropy of a batch, and its gradients with respect to W and b
function lossAndGradients(X, y, W, b) {
  const B = X.length, dW = W.map(row => row.map(() => 0)), db = b.map(() => 0);
  let loss = 0;
  X.forEach((x, i) => {
    const logp = logSoftmax(logits(x, W, b));
    loss -= logp[y[i]] / B;
    logp.forEach((value, k) => {
      const dh = (Math.exp(value) - (k === y[i])) / B;  // (p - Y) / B: true counts as 1
      db[k] += dh;
      x.forEach((xj, j) => { dW[j][k] += xj * dh; });
    });
  });
  return { loss, dW, db };
}

// An update rule takes one array, its gradient and what it remembers; it gives back the new array
// and what it will remember.
const RULES = {
  sgd: (theta, grad, memory, eta) => [combine(theta, grad, (t, g) => t - eta * g), memory],
};

// f of the numbers at the same place in two arrays, however deep they are
const combine = (a, b, f) => (Array.isArray(a) ? a.map((value, i) => combine(value, b[i], f)) : f(a, b));
