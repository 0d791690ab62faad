// The solver's own vectors, float64: where there are a million numbers, JavaScript takes as long for them as a pass.

// Below this many numbers a thread takes longer to start than to work.
constexpr size_t kLeastShared = 1 << 17;

// Calls work(part, begin, end) for each of the threads' parts of `count` numbers.
template <typename Work>
void Shared(size_t threads, size_t count, Work work) {
  const size_t parts = std::max<size_t>(1, std::min(threads, count / kLeastShared));
  std::vector<std::thread> others;
  for (size_t part = 1; part < parts; part++)
    others.emplace_back(work, part, count * part / parts, count * (part + 1) / parts);
  work(0, 0, count / parts);
  for (std::thread& other : others) other.join();
}

double SharedDot(size_t threads, const double* left, const double* right, size_t count) {
  std::vector<double> sums(std::max<size_t>(1, threads), 0.0);
  Shared(threads, count, [&](size_t part, size_t begin, size_t end) {
    sums[part] = Chosen().dot(left + begin, right + begin, end - begin);
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

void SharedAddScaled(size_t threads, double* to, const double* left, const double* right, double factor, size_t count) {
  Shared(threads, count, [&](size_t, size_t begin, size_t end) {
    Chosen().add_scaled(to + begin, left + begin, right + begin, factor, end - begin);
  });
}
