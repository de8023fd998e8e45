#include "bench/load/report.h"

#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <numeric>

#include "bench/load/measure.h"

namespace chancery::bench {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kQuantiles[] = {0.5, 0.95, 0.99, 0.999};
constexpr const char* kQuantileNames[] = {"p50_ms", "p95_ms", "p99_ms", "p999_ms"};
constexpr double kHalf = 0.5;

// What follows from the measurements.
struct Found {
  double per_second = 0;  // the median of the saturated windows
  Needed needed;
  double unary_limit = 0;
  double stream_limit = 0;
  double acts = 0;  // of the saturated windows together
  double ministry_cpu = 0;
  double daemons_cpu = 0;
  double witnesses_cpu = 0;
  double driver_cpu = 0;
  double busy = 0;  // processors taken by all of them, in the mean

  double Cpu() const { return ministry_cpu + daemons_cpu + witnesses_cpu + driver_cpu; }
};

Found FoundIn(const Run& run) {
  Found found;
  std::vector<double> rates;
  double seconds = 0;
  Programs::Taken cpu;
  double driver = 0;
  for (const Window& window : run.saturated) {
    rates.push_back(window.PerSecond());
    seconds += window.seconds;
    found.acts += static_cast<double>(window.acts);
    cpu.ministry += window.cpu.ministry;
    cpu.daemons += window.cpu.daemons;
    cpu.witnesses += window.cpu.witnesses;
    driver += window.driver_cpu;
  }
  found.per_second = MedianOf(rates);
  const auto micros = [&](double taken) { return taken * 1e6 / found.acts; };
  found.ministry_cpu = micros(cpu.ministry);
  found.daemons_cpu = micros(cpu.daemons);
  found.witnesses_cpu = micros(cpu.witnesses);
  found.driver_cpu = micros(driver);
  found.busy = (cpu.ministry + cpu.daemons + cpu.witnesses + driver) / seconds;
  found.needed = NeededOf(run.parts, run.ministry_group, run.state_group);
  const double all = found.needed.All();
  found.unary_limit = run.processors * 1e6 / (all + run.parts.unary_echo);
  found.stream_limit = run.processors * 1e6 / all;
  return found;
}

class Table {
 public:
  void Title(const std::string& text) { text_ += (text_.empty() ? "" : "\n") + text + "\n"; }
  void Row(const std::string& what, double value, const char* unit) {
    char line[128];
    const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    std::snprintf(line, sizeof line, "  %-58s %12.*f %s", what.c_str(), digits, value, unit);
    text_ += line;
    text_.erase(text_.find_last_not_of(' ') + 1);
    text_ += "\n";
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string Percent(double share) {
  return std::to_string(static_cast<int>(std::lround(share * 100))) + " %";
}

// Three digits are more than any of them means.
double Short(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 3);
  return std::round(value / unit) * unit;
}

}  // namespace

std::string TableOf(const Run& run) {
  const Found found = FoundIn(run);
  const Parts& parts = run.parts;
  Table table;
  table.Title(run.machine + ", " + std::to_string(run.processors) + " processors; " +
              std::to_string(run.states) + " states, applications alone, " +
              std::to_string(run.under_way) + " of each state under way");
  table.Title("each part alone, processor time");
  table.Row("seal (CAdES) made", parts.seal_sign, "us");
  table.Row("seal verified, chain remembered", parts.seal_verify, "us");
  table.Row("particulars committed to", parts.commitment, "us");
  table.Row("particulars encrypted, with a key of their own", parts.encryption, "us");
  table.Row("Step", parts.step, "us");
  table.Row("Merkle append", parts.merkle_append, "us");
  table.Row("checkpoint signed", parts.checkpoint_sign, "us");
  table.Row("checkpoint verified", parts.checkpoint_verify, "us");
  table.Row("rows of the ministry, " + std::to_string(parts.rows_group) + " acts a commit",
            parts.rows_ministry, "us an act");
  table.Row("rows of the state, the same", parts.rows_state, "us an act");
  const std::string bytes =
      std::to_string(parts.request_bytes) + " + " + std::to_string(parts.answer_bytes) + " bytes";
  table.Row("unary echo, both ends, mTLS, " + bytes, parts.unary_echo, "us");
  table.Row("streamed echo, the same", parts.streamed_echo, "us");

  table.Title("what every act needs, and the limits made of it");
  table.Row("acts a commit at the ministry, as observed", run.ministry_group, "");
  table.Row("entries a commit at a state, as observed", run.state_group, "");
  table.Row("signatures", found.needed.signatures, "us");
  table.Row("particulars", found.needed.particulars, "us");
  table.Row("rows", found.needed.rows, "us");
  table.Row("Step, Merkle appends, checkpoints",
            found.needed.step + found.needed.merkle + found.needed.checkpoints, "us");
  table.Row("all of it", found.needed.All(), "us");
  table.Row("unary limit: processors / (all of it + unary echo)", found.unary_limit, "acts/s");
  table.Row("stream limit: processors / all of it", found.stream_limit, "acts/s");

  table.Title("the real programs");
  table.Row("receipted, median of " + std::to_string(run.saturated.size()), found.per_second,
            "acts/s");
  table.Row("to the stream limit", 100 * found.per_second / found.stream_limit, "%");
  table.Row("openssl speed ecdsap256, all processors", run.ecdsa_verifies, "verifies/s");
  table.Row("to openssl", found.per_second / run.ecdsa_verifies, "");
  table.Row("processor time of an act: the ministry", found.ministry_cpu, "us");
  table.Row("processor time of an act: the daemons", found.daemons_cpu, "us");
  table.Row("processor time of an act: the witnesses", found.witnesses_cpu, "us");
  table.Row("processor time of an act: the driver", found.driver_cpu, "us");
  table.Row("processors that all of them had, in the mean", found.busy, "");
  for (const Run::Paced& paced : run.paced) {
    const std::vector<double>& latency = paced.window.latency;
    const std::string at = "at " + Percent(paced.share) + " of it: ";
    table.Row(at + "receipted", paced.window.PerSecond(), "acts/s");
    for (std::size_t i = 0; i < std::size(kQuantiles); ++i) {
      char name[16];
      std::snprintf(name, sizeof name, "p%g", kQuantiles[i] * 100);
      table.Row(at + name, Quantile(latency, kQuantiles[i]), "ms");
    }
  }
  table.Row("peak memory of the ministry", run.memory.ministry, "MiB");
  table.Row("peak memory of the largest daemon", run.memory.largest_daemon, "MiB");
  table.Row("on the disk of the ministry", run.ministry_bytes, "bytes an act");
  table.Row("on the disk of the state", run.state_bytes, "bytes an act");
  return std::move(table).text();
}

Json JsonOf(const Run& run) {
  const Found found = FoundIn(run);
  const Parts& parts = run.parts;
  Json rates = Json::array();
  for (const Window& window : run.saturated) rates.push_back(Short(window.PerSecond()));
  Json latency;
  for (const Run::Paced& paced : run.paced) {
    Json one = {{"per_second", Short(paced.window.PerSecond())}};
    for (std::size_t i = 0; i < std::size(kQuantiles); ++i)
      one[kQuantileNames[i]] = Short(Quantile(paced.window.latency, kQuantiles[i]));
    latency["at_" + std::to_string(static_cast<int>(std::lround(paced.share * 100)))] = one;
    if (paced.share == kHalf)
      latency["p99_ms_at_half"] = Short(Quantile(paced.window.latency, 0.99));
  }
  return {
      {"machine", run.machine},
      {"processors", run.processors},
      {"states", run.states},
      {"under_way", run.under_way},
      {"openssl_verifies_per_second", Short(run.ecdsa_verifies)},
      {"parts_us",
       {{"seal_sign", Short(parts.seal_sign)},
        {"seal_verify", Short(parts.seal_verify)},
        {"commitment", Short(parts.commitment)},
        {"encryption", Short(parts.encryption)},
        {"step", Short(parts.step)},
        {"merkle_append", Short(parts.merkle_append)},
        {"checkpoint_sign", Short(parts.checkpoint_sign)},
        {"checkpoint_verify", Short(parts.checkpoint_verify)},
        {"rows_ministry", Short(parts.rows_ministry)},
        {"rows_state", Short(parts.rows_state)},
        {"unary_echo", Short(parts.unary_echo)},
        {"streamed_echo", Short(parts.streamed_echo)}}},
      {"rows_group", parts.rows_group},
      {"request_bytes", parts.request_bytes},
      {"answer_bytes", parts.answer_bytes},
      {"needed_us", Short(found.needed.All())},
      {"unary_limit", Short(found.unary_limit)},
      {"stream",
       {{"limit", Short(found.stream_limit)},
        {"per_second", Short(found.per_second)},
        {"runs", rates},
        {"ratio", Short(found.per_second / found.stream_limit)},
        {"of_ecdsa", Short(found.per_second / run.ecdsa_verifies)},
        {"ministry_group", Short(run.ministry_group)},
        {"state_group", Short(run.state_group)},
        {"processors_busy", Short(found.busy)}}},
      {"cpu_us",
       {{"ministry", Short(found.ministry_cpu)},
        {"daemons", Short(found.daemons_cpu)},
        {"witnesses", Short(found.witnesses_cpu)},
        {"driver", Short(found.driver_cpu)}}},
      {"latency", latency},
      {"memory_mib",
       {{"ministry", Short(run.memory.ministry)},
        {"largest_daemon", Short(run.memory.largest_daemon)}}},
      {"disk_bytes", {{"ministry", Short(run.ministry_bytes)}, {"state", Short(run.state_bytes)}}},
  };
}

}  // namespace chancery::bench
