//! The outbox against a small model of it: whatever is put in, claimed, settled, let go and recovered, in whatever order and
//! by whichever process, the table and the model say the same, and nothing is told by two at once or comes out of its end.

use crate::support::outbox::{Model, Step, archive};
use proptest::prelude::*;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..6_i64, 0..2_usize).prop_map(|(alert, sink)| Step::Add { alert, sink }),
        (0..2_usize, 0..2_usize, 1..4_usize).prop_map(|(sink, owner, limit)| Step::Claim { sink, owner, limit }),
        (1..12_i64, 0..2_usize, 0..4_usize).prop_map(|(row, owner, end)| Step::Settle { row, owner, end }),
        (0..2_usize, 0..2_usize).prop_map(|(sink, owner)| Step::Release { sink, owner }),
        (0..2_usize).prop_map(|owner| Step::Recover { owner }),
        (0..2_usize).prop_map(|owner| Step::Stop { owner }),
        (0..2_usize).prop_map(|kept| Step::Bury { kept }),
        (1..20_000_i64).prop_map(|ms| Step::Pass { ms }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_outbox_does_what_its_model_does(steps in prop::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let (connection, mut model) = (archive(folder.path()), Model::default());
        for step in &steps {
            model.take(&connection, step);
            model.hold(&connection);
        }
    }
}
