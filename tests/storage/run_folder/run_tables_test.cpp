// The tables of a run folder: their bytes, and that what is read is what was written.
#include <doctest/doctest.h>

#include <cmath>

#include "base/durable_file.h"
#include "storage/run_folder/item_tables.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/metric_table.h"
#include "storage/run_folder/training_log.h"
#include "tests/support/temporary_folder.h"

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

TEST_CASE("failures.tsv") {
  const TemporaryFolder run;
  CHECK(read_failures(run.path()).empty());
  const std::vector<ItemLine> lines = {{"-", "speech", "p1_001", "a\tb\nc"}, {"models/x", "cm", "-", "waits"}};
  write_failures(run.path(), lines);
  CHECK(read_text(run / failures_file) ==
        "unit\tnode\titem\treason\n-\tspeech\tp1_001\ta b c\nmodels/x\tcm\t-\twaits\n");
  const auto read = read_failures(run.path());
  REQUIRE(read.size() == 2);
  CHECK(read[0].item == "p1_001");
  CHECK(read[0].text == "a b c");
  CHECK(read[1].unit == "models/x");
}

TEST_CASE("metrics.tsv") {
  const TemporaryFolder run;
  const std::vector<MetricLine> lines = {{"shards/a/00000", {"encode", 3, 2, 1.5, 0.0625, 4}}};
  write_metrics(run.path(), lines);
  CHECK(read_text(run / metrics_file) ==
        "unit\tnode\titems\tbatches\tbusy_s\twait_s\tqueue_max\nshards/a/00000\tencode\t3\t2\t1.500\t0.062\t4\n");
  const auto read = read_metrics(run.path());
  REQUIRE(read.size() == 1);
  CHECK(read[0].unit == "shards/a/00000");
  CHECK(read[0].metrics.node == "encode");
  CHECK(read[0].metrics.items == 3);
  CHECK(read[0].metrics.busy_seconds == 1.5);
  CHECK(read[0].metrics.queue_most == 4);
  write_file(run / metrics_file, "unit\tnode\titems\tbusy_s\nu\tn\tmany\n");  // an older table, and no number
  CHECK(read_metrics(run.path())[0].metrics.items == 0);
  CHECK(read_metrics(run.path())[0].metrics.busy_seconds == 0);
}

TEST_CASE("log.csv and losses.csv") {
  const TemporaryFolder model;
  CHECK(read_training_log(model.path()).empty());
  const std::vector<EpochLine> epochs = {{1, 10, 0.5, 0.25, 0.001}, {2, 20, 0.25, std::nan(""), 0.0005}};
  write_training_log(model.path(), epochs);
  CHECK(read_text(model / training_log_file) ==
        "epoch,step,train_loss,validation_eer,learning_rate\n1,10,0.500000,0.250000,0.001\n2,20,0.250000,nan,0.0005\n");
  const auto read = read_training_log(model.path());
  REQUIRE(read.size() == 2);
  CHECK(read[0].step == 10);
  CHECK(read[0].validation_eer == 0.25);
  CHECK(std::isnan(read[1].validation_eer));
  CHECK(read[1].learning_rate == 0.0005);
  const std::vector<double> losses = {0.75, 0.5};
  write_losses(model.path(), losses);
  CHECK(read_text(model / losses_file) == "step,loss\n1,0.75\n2,0.5\n");
}
