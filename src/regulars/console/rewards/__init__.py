"""The pages of rewards, voucher pools, codes and redemptions."""
