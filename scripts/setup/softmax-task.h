// What all tasks of softmax.cc share: rows cut into pieces, and threads that work on them.

// Whether products may be computed on tiles.
std::atomic<bool> tiles_allowed{true};

// Whether a product with so many columns is.
bool OnTiles(size_t columns) {
#if defined(TILES)
  return columns >= kLeastTileColumns && tiles_allowed && tiles::Available();
#else
  return false;
#endif
}

// Has a thread take numbers below 1e-38 for zero, from here until it is destroyed: probabilities fall as low, and a
// processor takes a hundred times as long for each of them.
class NoSubnormals {
 public:
#if defined(__x86_64__)
  explicit NoSubnormals(bool wanted = true) : before_(_mm_getcsr()) {
    if (wanted) _mm_setcsr(before_ | kZeros);
  }
  ~NoSubnormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  explicit NoSubnormals(bool = true) {}
#endif
};

// Work that is shared out to threads: each gets a run of consecutive pieces, so that sums are the same every time.
class Task {
 public:
  virtual ~Task() = default;
  Rows rows;
  size_t threads = 1;

  virtual void Run() {
    const std::vector<Piece> pieces = PiecesOf(rows, BlockRows());
    const size_t count = std::max<size_t>(1, std::min(threads, pieces.size()));
    std::vector<std::string> errors(count);
    Prepare(count);
    auto work = [&](size_t thread) {
      const NoSubnormals fast(!KeepsSubnormals());
#if defined(TILES)
      const tiles::Thread configured(Tiled());
#endif
      try {
        Share(thread, &pieces[0] + pieces.size() * thread / count, &pieces[0] + pieces.size() * (thread + 1) / count);
      } catch (const std::string& error) {
        errors[thread] = error;
      } catch (const std::bad_alloc&) {
        errors[thread] = "out of memory";
      }
    };
    std::vector<std::thread> others;
    for (size_t thread = 1; thread < count; thread++) others.emplace_back(work, thread);
    work(0);
    for (std::thread& other : others) other.join();
    for (const std::string& error : errors)
      if (!error.empty()) throw error;
    Finish();
  }

 protected:
  // Whether the products are computed on tiles.
  virtual bool Tiled() const { return false; }
  // Whether numbers below 1e-38 count.
  virtual bool KeepsSubnormals() const { return false; }
  virtual size_t BlockRows() const {
    return Tiled() ? RowsOfTiles(rows.features) : RowsOfBlock(rows.features, Chosen().tile);
  }
  virtual void Prepare(size_t) {}
  virtual void Share(size_t, const Piece*, const Piece*) {}
  virtual void Finish() {}
};
