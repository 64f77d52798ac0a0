//! Prices of DPU-hours. Every figure in dollars that is shown comes from here, and is about.

/// US dollars a DPU-hour of standard jobs by Region, for Glue up to 5.1, as a public benchmark tool had copied them from the
/// AWS Glue pricing page on 6 February 2023 (PerfKitBenchmarker, `aws_dpb_glue_prices.py`); those of us-east-1, eu-west-1,
/// ap-south-1 and ap-southeast-1 were seen again in price lists between August and October 2026. What is not here is not
/// known.
const STANDARD: [(&str, f64); 24] = [
    ("af-south-1", 0.524),
    ("ap-east-1", 0.44),
    ("ap-northeast-1", 0.44),
    ("ap-northeast-2", 0.44),
    ("ap-northeast-3", 0.44),
    ("ap-south-1", 0.44),
    ("ap-southeast-1", 0.44),
    ("ap-southeast-2", 0.44),
    ("ap-southeast-3", 0.44),
    ("ca-central-1", 0.44),
    ("eu-central-1", 0.44),
    ("eu-north-1", 0.44),
    ("eu-south-1", 0.52),
    ("eu-west-1", 0.44),
    ("eu-west-2", 0.44),
    ("eu-west-3", 0.44),
    ("me-south-1", 0.59),
    ("sa-east-1", 0.69),
    ("us-east-1", 0.44),
    ("us-east-2", 0.44),
    ("us-gov-east-1", 0.44),
    ("us-gov-west-1", 0.44),
    ("us-west-1", 0.44),
    ("us-west-2", 0.44),
];
/// Of FLEX jobs, for Glue up to 5.1: us-east-1 by price lists of August to October 2026, ap-southeast-1 by the pricing page
/// of 2023.
const FLEX: [(&str, f64); 2] = [("ap-southeast-1", 0.29), ("us-east-1", 0.29)];
/// Of standard jobs on Glue 6.0 and later, which are billed apart since 21 August 2026: price lists of September and October
/// 2026.
const STANDARD_6: [(&str, f64); 2] = [("ap-south-1", 0.308), ("us-east-1", 0.308)];
/// Of FLEX jobs on Glue 6.0 and later: price list of September 2026.
const FLEX_6: [(&str, f64); 1] = [("ap-south-1", 0.203)];

/// US dollars a DPU-hour where one is; none where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prices {
    standard: Option<f64>,
    flex: Option<f64>,
    standard_6: Option<f64>,
    flex_6: Option<f64>,
}

/// Prices of the configuration, in place of the table's, whatever the Glue version.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OwnPrices {
    pub standard: Option<f64>,
    pub flex: Option<f64>,
}

impl Prices {
    /// Of a Region.
    pub fn of(region: Option<&str>, own: OwnPrices) -> Self {
        let found =
            |table: &[(&str, f64)]| table.iter().find(|(known, _)| Some(*known) == region).map(|(_, price)| *price);
        Self {
            standard: own.standard.or_else(|| found(&STANDARD)),
            flex: own.flex.or_else(|| found(&FLEX)),
            standard_6: own.standard.or_else(|| found(&STANDARD_6)),
            flex_6: own.flex.or_else(|| found(&FLEX_6)),
        }
    }

    /// Of a run: FLEX and Glue 6.0 have prices of their own.
    pub fn a_dpu_hour(&self, flex: bool, glue_version: Option<&str>) -> Option<f64> {
        let version = glue_version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        match (flex, version.is_some_and(|version| version >= 6)) {
            (false, false) => self.standard,
            (true, false) => self.flex,
            (false, true) => self.standard_6,
            (true, true) => self.flex_6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_costs_by_region_class_and_version_and_what_is_not_known_is_not_guessed() {
        let here = Prices::of(Some("us-east-1"), OwnPrices::default());
        assert_eq!(here.a_dpu_hour(false, Some("5.1")), Some(0.44));
        assert_eq!(here.a_dpu_hour(true, Some("4.0")), Some(0.29));
        assert_eq!(here.a_dpu_hour(false, Some("6.0")), Some(0.308));
        assert_eq!(here.a_dpu_hour(true, Some("6.0")), None);
        let elsewhere = Prices::of(Some("mx-central-1"), OwnPrices::default());
        assert_eq!(elsewhere.a_dpu_hour(false, Some("5.0")), None);
        let own = Prices::of(Some("mx-central-1"), OwnPrices { standard: Some(0.5), flex: None });
        assert_eq!((own.a_dpu_hour(false, None), own.a_dpu_hour(true, Some("5.0"))), (Some(0.5), None));
    }
}
